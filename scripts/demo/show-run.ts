import type { WorkflowJson } from '../../server/wire.ts'
import type { Api } from './api.ts'
import { executeAndFollow } from './follow.ts'
import { createProgress } from './progress.ts'
import { answerQuestion, type Answering } from './question.ts'
import type { EndedRun } from './results.ts'
import type { Screen } from './screen.ts'

type Question = { stepId: string; closed: AbortController }

/**
 * Starts a run and shows it until it has ended; its questions are put to whoever is there.
 * @param start the body of the call that starts it
 * @throws Error when it cannot be started or followed, or `signal` aborts
 */
export const showRun = async (
  api: Api,
  screen: Screen,
  { workflow, start, answering, signal }: { workflow: WorkflowJson; start: unknown; answering: Omit<Answering, 'signal'>; signal: AbortSignal },
): Promise<EndedRun> => {
  const progress = createProgress(screen, api, workflow)
  const fault = new AbortController()
  const watched = AbortSignal.any([signal, fault.signal])
  const questions: Question[] = []
  const close = (): void => {
    for (const { closed } of questions.splice(0)) closed.abort()
  }
  /** Beside the stream, which goes on: the answer may come from elsewhere. */
  const ask = (formId: string, stepId: string): void => {
    progress.pause()
    const closed = new AbortController()
    questions.push({ stepId, closed })
    answerQuestion(api, screen, formId, { ...answering, signal: AbortSignal.any([watched, closed.signal]) }).catch((error: unknown) => {
      if (!closed.signal.aborted) fault.abort(error)
    })
  }
  progress.go()
  try {
    for await (const event of executeAndFollow(api, start, watched)) {
      const { stepId, inputRequestId, status } = (event.data.content ?? {}) as { stepId?: string; inputRequestId?: string; status?: string }
      if (event.event === 'activity-run' && status !== 'waiting' && questions.some((asked) => asked.stepId === stepId)) {
        close()
        progress.go()
      }
      await progress.take(event)
      if (event.event === 'user-input' && inputRequestId && stepId) ask(inputRequestId, stepId)
      if (event.event === 'result' || event.event === 'error') return event.data.workflowRun as EndedRun
    }
    throw new Error('The stream ended before the run did.')
  } finally {
    close()
    screen.live(null)
  }
}
