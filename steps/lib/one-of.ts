import type { z } from 'zod'

/** Refines a config that says the same thing in one of several ways: exactly one of these fields must be there. */
export const oneOf =
  <K extends string>(...names: K[]) =>
  (config: { [Name in K]?: unknown }, context: z.RefinementCtx): void => {
    const given = names.filter((name) => config[name] !== undefined)
    const list = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
    if (given.length === 0) context.addIssue({ code: 'custom', message: `Give one of ${list}.` })
    for (const name of given.slice(1)) context.addIssue({ code: 'custom', path: [name], message: `Give one of ${list}, not both ${given[0]} and ${name}.` })
  }
