import { notifications } from '@mantine/notifications'

/** Says in passing that something has been done. */
export const tellDone = (message: string): void => void notifications.show({ message, color: 'green' })

/** Says what the API refused. */
export const tellFailed = (error: Error): void => void notifications.show({ title: 'That did not work', message: error.message, color: 'red' })
