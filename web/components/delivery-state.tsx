import type { DeliveryJson } from '../../server/webhook-wire.ts'
import { StateMark } from './state.tsx'

const STATES: Record<DeliveryJson['status'], [status: string, words: string]> = { pending: ['running', 'On its way'], delivered: ['completed', 'Delivered'], failed: ['failed', 'Failed'] }

export const DeliveryState = ({ status }: { status: DeliveryJson['status'] }) => <StateMark status={STATES[status][0]}>{STATES[status][1]}</StateMark>
