/** The task that platform and script both do: ten steps of the practice portal. */
export const PORTAL_USER = { user: 'demo', password: 'demo-password' }
export const ROWS = 50

export type Job = { runs: number; atOnce: number }
/** How long each run took and all of them together, in milliseconds. */
export type Took = { each: number[]; all: number }

/** Does a job with so many at work at once; the others wait their turn with whoever asks. */
export const inLanes = async ({ runs, atOnce }: Job, once: () => Promise<void>): Promise<Took> => {
  const each: number[] = []
  let left = runs
  const started = performance.now()
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const before = performance.now()
      await once()
      each.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return { each, all: performance.now() - started }
}

/** As a workflow. */
export const portalWorkflow = (portalUrl: string) => ({
  identifier: 'bench_portal',
  title: 'Ten steps of the practice portal',
  nodes: [
    {
      identifier: 'start',
      config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { user: { type: 'string' }, password: { type: 'string', format: 'password' } }, required: ['user', 'password'] } },
    },
    { identifier: 'open', config: { type: 'NAVIGATE', url: `${portalUrl}/login` } },
    { identifier: 'user', config: { type: 'FILL', target: { label: 'User name' }, value: '{{ .inputs.user }}' } },
    { identifier: 'password', config: { type: 'FILL', target: { label: 'Password' }, value: '{{ .inputs.password }}' } },
    { identifier: 'sign_in', config: { type: 'CLICK', target: { role: 'button', name: 'Sign in' } } },
    { identifier: 'table', config: { type: 'WAIT_FOR', target: "table#employees[data-page='1']" } },
    { identifier: 'page_1', config: { type: 'EXTRACT', table: { target: "table#employees[data-page='1']" } } },
    { identifier: 'next', config: { type: 'CLICK', target: { role: 'link', name: 'Next page' } } },
    { identifier: 'page_2', config: { type: 'EXTRACT', table: { target: "table#employees[data-page='2']" } } },
    { identifier: 'csv', config: { type: 'DOWNLOAD', target: { role: 'link', name: 'Download CSV' } } },
    { identifier: 'picture', config: { type: 'SCREENSHOT', name: 'employees' } },
  ],
  connections: [],
})
