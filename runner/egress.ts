import { createEgress, createGuardedFetch, createGuardedPost, type EgressRules, type GuardedFetch, type GuardedPost } from '../steps/lib/egress.ts'

/** The egress guard lives with the steps that call out through it; this is the server's way to it. */
export { egressFault, isNeverReached, type EgressRules, type GuardedPost } from '../steps/lib/egress.ts'

/** What steps call out with, under the operator's rules. @throws Error on an entry that `egressFault` finds fault with. */
export const createFetch = (rules: EgressRules): GuardedFetch => createGuardedFetch(createEgress(rules))

/** What webhooks call out with, under the same rules. */
export const createPost = (rules: EgressRules): GuardedPost => createGuardedPost(createEgress(rules))
