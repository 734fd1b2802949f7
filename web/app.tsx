import { useQuery } from '@tanstack/react-query'
import { Suspense, useEffect, type ReactNode } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { ApiError } from './api/client.ts'
import { countRuns } from './api/runs.ts'
import { Boundary } from './components/boundary.tsx'
import { Empty } from './components/empty.tsx'
import { Failure } from './components/failure.tsx'
import { Loading } from './components/loading.tsx'
import { Shell } from './components/shell.tsx'
import { SignIn } from './components/sign-in.tsx'
import { fetched } from './fetched.tsx'
import { client } from './here.ts'
import { PAGES, type Page } from './pages.ts'
import { usePendingCount } from './pending-forms.ts'
import { useToken } from './session.ts'

const ROUTES = PAGES.map((page) => ({ page, Component: fetched(page.load) }))

/** The tab says what it shows, and how many questions wait: one sees it from another tab. */
const Titled = ({ page, children }: { page: Page; children: ReactNode }) => {
  const waiting = usePendingCount()
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${page.title} · Errand`
  }, [page, waiting])
  return children
}

/** Whether the server lets the caller in: by credentials, or by where the call comes from. */
const mustSignIn = (error: unknown, token: string | null): error is ApiError => error instanceof ApiError && (error.status === 401 || (error.status === 403 && token === null))

export const App = () => {
  const token = useToken()
  const [location] = useLocation()
  const { error, isPending, refetch } = useQuery({ queryKey: ['entry', token], queryFn: () => countRuns(client), staleTime: Infinity })
  if (isPending) return <Loading />
  if (mustSignIn(error, token)) return <SignIn why={error} />
  if (error) return <Failure error={error} what="The dashboard could not be opened." onRetry={() => void refetch()} />
  return (
    <Shell>
      <Switch>
        {ROUTES.map(({ page, Component }) => (
          <Route key={page.path} path={page.path}>
            <Titled page={page}>
              <Boundary what="This page cannot be shown." resetKey={location}>
                <Suspense fallback={<Loading />}>
                  <Component />
                </Suspense>
              </Boundary>
            </Titled>
          </Route>
        ))}
        <Route>
          <Empty title="There is no such page" action={{ label: 'To the runs', href: '/' }}>
            The address may be misspelt, or the page has moved.
          </Empty>
        </Route>
      </Switch>
    </Shell>
  )
}
