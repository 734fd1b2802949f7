import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Collects what nothing holds any more. What was looked at in this turn of the event loop is still held. */
export const collectGarbage = runInNewContext('gc') as () => void
