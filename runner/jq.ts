import { createJqWorker } from './jq-worker.ts'
import { compilation, evaluation, type JqFault, type JqQuestion, shortened } from './model/jq-answer.ts'
import type { JqResult } from './model/jq-path.ts'
import { isSelfContained } from './model/jq-scan.ts'
import { problem } from './model/problem.ts'

/** jq, as the rest of the house uses it. No program can have more than a second of the processor's time, take the server down, or see anything but its input. */
export type Jq = AsyncDisposable & {
  /** @throws Problem `template_error` */
  evaluate(program: string, input: unknown): Promise<unknown[]>
  /** What each program gives for the same input; far cheaper than one by one. */
  evaluateAll(programs: readonly string[], input: unknown): Promise<JqResult[]>
  compile(program: string): Promise<JqFault | null>
  compileAll(programs: readonly string[]): Promise<(JqFault | null)[]>
  /** Starts jq before it is needed. */
  warm(): Promise<void>
  close(): Promise<void>
}

/** Of the processor's time: for one program, and for all of one call, so that many slow ones do not wear out the others' patience. */
const LIMITS = { programMs: 1000, callMs: 5000 }
const maxProgramLength = 50_000
const maxGroupSize = 50

/** One call's place in the queue. `step` asks about the next of its programs and says whether any are left. */
type Turn = { step(): Promise<boolean>; finish(): void; fail(error: unknown): void }

const closing = () => problem('unavailable', 'The server is shutting down.')

/** Starts nothing yet: the thread comes with the first program. */
export const createJq = ({ programMs, callMs } = LIMITS): Jq => {
  const worker = createJqWorker()
  const queue: Turn[] = []
  let busy = false
  let closed = false

  /** Calls take turns, so that one with many slow programs delays the others by one program at a time. */
  const work = async (): Promise<void> => {
    if (busy) return
    busy = true
    for (let turn = queue.shift(); turn; turn = queue.shift()) {
      try {
        const more = await turn.step()
        if (closed) throw closing()
        if (more) queue.push(turn)
        else turn.finish()
      } catch (error) {
        turn.fail(closed ? closing() : error)
      }
    }
    busy = false
  }

  const ask = <Answer>(question: JqQuestion<Answer>, programs: readonly string[], text: string): Promise<Answer[]> => {
    const answers: (Answer | undefined)[] = programs.map((program) =>
      program.length > maxProgramLength ? question.refuse('is longer than 50,000 characters') : undefined)
    let together = true
    let leftMs = callMs

    const pending = () => [...programs.keys()].filter((index) => answers[index] === undefined)

    /** Several programs that can be put into one, or the next one alone. */
    const nextGroup = (): number[] => {
      const left = pending()
      let length = 0
      const group = left.filter((index) => {
        const program = programs[index] ?? ''
        return together && isSelfContained(program) && (length += program.length) <= maxProgramLength
      })
      return group.length > 1 ? group.slice(0, maxGroupSize) : left.slice(0, 1)
    }

    const step = async (): Promise<boolean> => {
      const group = nextGroup()
      const asked = group.map((index) => programs[index] ?? '')
      const [alone] = asked
      const isAlone = alone !== undefined && asked.length === 1
      const { exit, spentMs } = await worker.run({ program: isAlone ? alone : question.join(asked), text }, programMs)
      if (isAlone) {
        answers[group[0] ?? 0] = question.read(exit)
      } else {
        const split = question.split(exit, asked.length)
        if (split) group.forEach((index, place) => (answers[index] = split[place]))
        else together = false
      }
      leftMs -= spentMs
      if (leftMs <= 0) for (const index of pending()) answers[index] = question.refuse('was not run: the programs beside it took 5 s')
      return pending().length > 0
    }

    return new Promise((resolve, reject) => {
      const finish = () => resolve(answers as Answer[])
      if (closed) reject(closing())
      else if (pending().length === 0) finish()
      else {
        queue.push({ step, finish, fail: reject })
        void work()
      }
    })
  }

  const evaluateAll = async (programs: readonly string[], input: unknown) =>
    ask(evaluation, programs, JSON.stringify(input ?? null))
  const compileAll = (programs: readonly string[]) => ask(compilation, programs, '')
  const close = async (): Promise<void> => {
    closed = true
    await worker.close()
  }

  return {
    async evaluate(program, input) {
      const [result] = await evaluateAll([program], input)
      if (!result) throw new Error('jq gave no answer.')
      if ('error' in result) throw problem('template_error', `${result.error} (in ${shortened(program)})`)
      return result.values
    },
    evaluateAll,
    async compile(program) {
      const [fault] = await compileAll([program])
      return fault ?? null
    },
    compileAll,
    async warm() {
      await evaluateAll(['.'], null)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
