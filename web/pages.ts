import { CalendarClock as IconSchedule, Cookie as IconSession, Inbox as IconInbox, KeyRound as IconKey, ListChecks as IconJob, LockKeyhole as IconSecret, Play as IconPlayerPlay, ScrollText as IconAudit, Webhook as IconWebhook, Workflow as IconWorkflow } from 'lucide-react'
import type { ComponentType } from 'react'
import { InboxCount } from './components/inbox-count.tsx'

/** Every page there is. A page is a file in `pages/` whose default export is its component, and a line here. */
export type Page = {
  /** As wouter has it: `/runs/:runId`. The component reads what it names with `useParams`. */
  path: string
  /** Of the browser's tab. */
  title: string
  /** Where it stands in the navigation; without it, it is reached from other pages. */
  nav?: { label: string; icon: ComponentType<{ size?: number; strokeWidth?: number }>; badge?: ComponentType; /** Stands apart from what everybody uses. */ isApart?: boolean }
  load: () => Promise<{ default: ComponentType }>
}

export const PAGES: Page[] = [
  { path: '/', title: 'Runs', nav: { label: 'Runs', icon: IconPlayerPlay }, load: () => import('./pages/runs.tsx') },
  { path: '/inbox', title: 'Inbox', nav: { label: 'Inbox', icon: IconInbox, badge: InboxCount }, load: () => import('./pages/inbox.tsx') },
  { path: '/workflows', title: 'Workflows', nav: { label: 'Workflows', icon: IconWorkflow }, load: () => import('./pages/workflows.tsx') },
  { path: '/jobs', title: 'Jobs', nav: { label: 'Jobs', icon: IconJob }, load: () => import('./pages/jobs.tsx') },
  { path: '/schedules', title: 'Schedules', nav: { label: 'Schedules', icon: IconSchedule }, load: () => import('./pages/schedules.tsx') },
  { path: '/webhooks', title: 'Webhooks', nav: { label: 'Webhooks', icon: IconWebhook, isApart: true }, load: () => import('./pages/webhooks.tsx') },
  { path: '/secrets', title: 'Secrets', nav: { label: 'Secrets', icon: IconSecret, isApart: true }, load: () => import('./pages/secrets.tsx') },
  { path: '/sessions', title: 'Sessions', nav: { label: 'Sessions', icon: IconSession, isApart: true }, load: () => import('./pages/sessions.tsx') },
  { path: '/keys', title: 'API keys', nav: { label: 'API keys', icon: IconKey, isApart: true }, load: () => import('./pages/keys.tsx') },
  { path: '/audit', title: 'Audit', nav: { label: 'Audit', icon: IconAudit, isApart: true }, load: () => import('./pages/audit.tsx') },
  { path: '/workflows/new', title: 'New workflow', load: () => import('./pages/edit-workflow.tsx') },
  { path: '/workflows/:workflowId', title: 'Workflow', load: () => import('./pages/workflow.tsx') },
  { path: '/workflows/:workflowId/edit', title: 'Edit a workflow', load: () => import('./pages/edit-workflow.tsx') },
  { path: '/workflows/:workflowId/versions', title: 'Versions', load: () => import('./pages/versions.tsx') },
  { path: '/jobs/:jobId', title: 'Job', load: () => import('./pages/job.tsx') },
  { path: '/job-runs/:jobRunId', title: 'Job run', load: () => import('./pages/job-run.tsx') },
  { path: '/webhooks/:webhookId', title: 'Webhook', load: () => import('./pages/webhook.tsx') },
  { path: '/runs/:runId', title: 'Run', load: () => import('./pages/run.tsx') },
  { path: '/start/:workflowId?', title: 'Start a run', load: () => import('./pages/start.tsx') },
]
