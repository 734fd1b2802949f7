/** Questions that several people answer, each once: what is counted, and when it is enough. */

/** Who may answer, and how many have to. Users by id or e-mail address; nobody named: whoever may answer at all. */
export type Responders = { users?: string[] | undefined; roles?: string[] | undefined; teams?: string[] | undefined; required?: number | undefined }

export type AskedButton = { identifier: string; label: string; variant?: string | undefined; required?: number | undefined }

/** An answer as people see it: secrets in its values are hidden. `at` is in milliseconds since 1970. */
export type GivenAnswer = { values: Record<string, unknown>; button: string | null; comments: string | null; by: string | null; at: number }

type Asked = { responders: Responders | null; buttons: readonly AskedButton[] }

/** How many people must press a button: the first one as many as the question needs, any other is enough pressed once, unless it says so itself. */
const requiredFor = ({ responders, buttons }: Asked, button: string | null): number => {
  const index = buttons.findIndex(({ identifier }) => identifier === button)
  return buttons[index]?.required ?? (index <= 0 ? (responders?.required ?? 1) : 1)
}

const firstButton = ({ buttons }: Asked): string | null => buttons[0]?.identifier ?? null

/** How many people must agree: press the first button, or answer where there is none. */
export const requiredOf = (asked: Asked): number => requiredFor(asked, firstButton(asked))

/** Whether one answer may not be enough. */
export const isShared = (asked: Asked): boolean => [firstButton(asked), ...asked.buttons.map(({ identifier }) => identifier)].some((button) => requiredFor(asked, button) > 1)

/** How many more must press a button. */
const missingFor = (asked: Asked, answers: readonly Pick<GivenAnswer, 'button'>[], button: string | null): number =>
  Math.max(0, requiredFor(asked, button) - answers.filter((answer) => answer.button === button).length)

/** How many more people must agree. */
export const missingOf = (asked: Asked, answers: readonly Pick<GivenAnswer, 'button'>[]): number => missingFor(asked, answers, firstButton(asked))

/** Whether the answers decide the question, the last of which has this button. */
export const isDecided = (asked: Asked, answers: readonly Pick<GivenAnswer, 'button'>[], button: string | null): boolean => missingFor(asked, answers, button) === 0
