import {
  Bot, CalendarClock, Camera, Clock, Code, Cookie, Database, Download, FileText, GitBranch, Globe, Hand, Hourglass, Keyboard, KeyRound, ListChecks, MessageSquareWarning, MousePointer2, MousePointerClick, OctagonAlert, Play, Plug, Repeat, Route, Save, ScanEye,
  ShieldCheck, Shuffle, Split, SquareCheck, Table2, TextCursorInput, Upload, UserRound, Webhook, Workflow, Zap,
  type LucideIcon,
} from 'lucide-react' // prettier-ignore

/** A picture for each step type; a new one has a plain one until it gets its own. */
const ICONS: Record<string, LucideIcon> = {
  NAVIGATE: Globe, CLICK: MousePointerClick, FILL: TextCursorInput, TYPE: Keyboard, PRESS: Keyboard, SELECT_OPTION: ListChecks, CHECK: SquareCheck, HOVER: MousePointer2, SCROLL: MousePointer2, DRAG: MousePointer2,
  UPLOAD: Upload, DOWNLOAD: Download, WAIT_FOR: Hourglass, EXTRACT: Table2, ASSERT: ShieldCheck, SCREENSHOT: Camera, PDF: FileText, EVALUATE: Code, DIALOG: MessageSquareWarning, COOKIES: Cookie, SAVE_SESSION: Save,
  SELF_SERVE_TRIGGER: Play, EVENT_TRIGGER: Zap, SCHEDULE_TRIGGER: CalendarClock, CONDITION: Split, USER_INPUT: UserRound, FOR_EACH: Repeat, WHILE: Repeat, DELAY: Clock, TRANSFORM: Shuffle,
  RUN_WORKFLOW: Workflow, NO_ACTION: Hand, FAIL: OctagonAlert, TOTP: KeyRound, AI_ACT: Bot, AI_EXTRACT: ScanEye, WEBHOOK: Webhook, GITHUB: GitBranch, GITLAB: GitBranch, AZURE_DEVOPS: GitBranch, UPSERT_ENTITY: Database, INTEGRATION_ACTION: Plug,
} // prettier-ignore

export const StepIcon = ({ type, size = 18 }: { type: string; size?: number }) => {
  const Found = ICONS[type] ?? Route
  return <Found size={size} strokeWidth={1.7} aria-hidden />
}
