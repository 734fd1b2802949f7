import { Inbox as IconInbox, KeyRound as IconKey, Play as IconPlayerPlay, ScrollText as IconAudit, Workflow as IconWorkflow } from 'lucide-react'
import type { ComponentType } from 'react'
import { InboxCount } from './components/inbox-count.tsx'

/** Every page there is. A page is a file in `pages/` whose default export is its component, and a line here. */
export type Page = {
  /** As wouter has it: `/runs/:runId`. The component reads what it names with `useParams`. */
  path: string
  /** Of the browser's tab. */
  title: string
  /** Where it stands in the navigation; without it, it is reached from other pages. */
  nav?: { label: string; icon: ComponentType<{ size?: number; strokeWidth?: number }>; badge?: ComponentType; /** Stands apart from what everybody uses. */ isForAdmins?: boolean }
  load: () => Promise<{ default: ComponentType }>
}

export const PAGES: Page[] = [
  { path: '/', title: 'Runs', nav: { label: 'Runs', icon: IconPlayerPlay }, load: () => import('./pages/runs.tsx') },
  { path: '/inbox', title: 'Inbox', nav: { label: 'Inbox', icon: IconInbox, badge: InboxCount }, load: () => import('./pages/inbox.tsx') },
  { path: '/workflows', title: 'Workflows', nav: { label: 'Workflows', icon: IconWorkflow }, load: () => import('./pages/workflows.tsx') },
  { path: '/keys', title: 'API keys', nav: { label: 'API keys', icon: IconKey, isForAdmins: true }, load: () => import('./pages/keys.tsx') },
  { path: '/audit', title: 'Audit', nav: { label: 'Audit', icon: IconAudit, isForAdmins: true }, load: () => import('./pages/audit.tsx') },
  { path: '/workflows/new', title: 'New workflow', load: () => import('./pages/edit-workflow.tsx') },
  { path: '/workflows/:workflowId', title: 'Workflow', load: () => import('./pages/workflow.tsx') },
  { path: '/workflows/:workflowId/edit', title: 'Edit a workflow', load: () => import('./pages/edit-workflow.tsx') },
  { path: '/workflows/:workflowId/versions', title: 'Versions', load: () => import('./pages/versions.tsx') },
  { path: '/runs/:runId', title: 'Run', load: () => import('./pages/run.tsx') },
  { path: '/start/:workflowId?', title: 'Start a run', load: () => import('./pages/start.tsx') },
]
