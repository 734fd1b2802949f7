/** Who started a run, as far as that was known then. */
export type StartedBy = { id: string | null; email: string | null; teams: readonly string[] }

/** What is known of who started a run of which nothing more was kept. */
export const startedById = (id: string | null): StartedBy => ({ id, email: null, teams: [] })

/** What the rules of a form see beside what is filled in: `.trigger.by.user.email`, as in Port. */
export const triggerContext = (by: StartedBy) => ({ trigger: { by: { user: by } } })
