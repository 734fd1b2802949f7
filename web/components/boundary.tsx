import type { ReactNode } from 'react'
import { ErrorBoundary } from 'react-error-boundary'
import { Failure } from './failure.tsx'

/** Keeps a part that cannot be shown from taking the whole page with it. */
export const Boundary = ({ what, children, resetKey }: { what: string; children: ReactNode; resetKey?: string }) => (
  <ErrorBoundary resetKeys={[resetKey]} fallbackRender={({ error }) => <Failure error={error} what={what} onRetry={() => window.location.reload()} />}>
    {children}
  </ErrorBoundary>
)
