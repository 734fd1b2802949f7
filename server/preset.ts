import { problem } from '../runner/model/problem.ts'
import { REDACTED } from '../runner/model/redact.ts'
import { collectSecretValues } from '../runner/model/secret-paths.ts'
import { shownToSeveral } from '../runner/new-run.ts'
import type { Services } from './start.ts'

/**
 * Inputs that are kept for later, as they are stored: sealed, and as people see them.
 * @param forms what the workflows that get them ask for
 * @throws Problem `invalid_request` when what is shown of a secret was sent in its place
 */
export const presetOf = ({ seal }: Pick<Services, 'seal'>, forms: readonly unknown[], given: Record<string, unknown>): { inputs: Record<string, unknown>; sealedInputs: Buffer } => {
  if (forms.some((form) => collectSecretValues(form, given).includes(REDACTED)))
    throw problem('invalid_request', `inputs: "${REDACTED}" is what is shown of a secret, not the secret. Leave inputs out to keep what they are.`, {
      details: [{ path: 'inputs', code: 'redacted', message: `"${REDACTED}" is what is shown of a secret, not the secret` }],
    })
  return { inputs: shownToSeveral(forms, given), sealedInputs: seal.seal(given) }
}
