import { Alert, Button, Group, Text } from '@mantine/core'
import { TriangleAlert as IconAlertTriangle } from 'lucide-react'
import { ApiError } from '../api/client.ts'

/** What to do about it, where that is known. */
const adviceOf = (error: unknown): string => {
  if (!(error instanceof ApiError)) return 'Load the page again.'
  if (error.status === 0) return 'Is the server running, and is this machine connected? It is tried again by itself.'
  if (error.status === 403) return 'Ask an admin for a key with a role that may do this.'
  if (error.status === 404) return 'It may have been deleted, belong to another organisation, or be hidden from you.'
  if (error.status === 429) return 'Wait a minute.'
  return 'The log of the server says more.'
}

/** Something that could not be shown, why, and what to do. */
export const Failure = ({ error, what, onRetry }: { error: unknown; what: string; onRetry?: () => void }) => (
  <Alert variant="outline" color="red" icon={<IconAlertTriangle />} title={what} my="md" role="alert" className="failure">
    <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
    <Text size="sm" c="dimmed">
      {adviceOf(error)}
    </Text>
    {onRetry && (
      <Group mt="sm">
        <Button variant="default" size="xs" onClick={onRetry}>
          Try again
        </Button>
      </Group>
    )}
  </Alert>
)
