import { createInterface } from 'node:readline/promises'
import type { UserFormJson } from '../../server/user-form-wire.ts'
import type { Api } from './api.ts'
import type { Screen } from './screen.ts'

/** Puts the question of a paused run to whoever sits at the terminal, or answers it. */

export type Answering = {
  /** What to answer by itself, and why nobody is asked; null asks. */
  byItself: { value: string; because: string } | null
  /** Told to a person beside the question. */
  hint: string
  /** Aborts when the question is no longer open: it was answered elsewhere, or the run has ended. */
  signal: AbortSignal
}

/** One line from the terminal. @throws Error when it is closed, or `signal` aborts */
const readLine = async (prompt: string, signal: AbortSignal): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  // In a prompt, the terminal gives Ctrl-C as a key.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const closed = new Promise<never>((_resolve, reject) => {
      lines.once('close', () => reject(new Error('Nobody answered the question.')))
    })
    return (await Promise.race([lines.question(prompt, { signal }), closed])).trim()
  } finally {
    lines.close()
  }
}

/** Asks until the API takes the answer, or no longer wants one. */
export const answerQuestion = async (api: Api, screen: Screen, formId: string, { byItself, hint, signal }: Answering): Promise<void> => {
  const { print, paint } = screen
  const form = await api.call<UserFormJson>('GET', `/api/v1/user-forms/${formId}`)
  const fields = Object.entries((form.schema as { properties: Record<string, { title?: string }> }).properties)
  print(`  ${paint('yellow', '?')} ${paint('bold', form.title)}: ${form.description ?? ''}`)
  if (byItself) print(`    Answered with ${byItself.value}, ${byItself.because}.`)
  else print(paint('dim', `    ${hint}`))
  for (;;) {
    const values: Record<string, string> = {}
    for (const [name, { title }] of fields) values[name] = byItself?.value ?? (await readLine(`    ${title ?? name}: `, signal))
    const answer = await api.tryCall('POST', `/api/v1/user-forms/${formId}/submit`, { values })
    // 409: somebody else was faster. 410: the time is over, which the run itself tells.
    if (answer.ok || answer.status === 409 || answer.status === 410) return
    if (byItself || answer.status !== 400) throw new Error(`The answer was not taken: ${answer.error}`)
    print(`    ${answer.error}`)
  }
}
