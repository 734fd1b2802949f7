import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core'
import { Check as IconCheck, Copy as IconCopy } from 'lucide-react'
import { useCopy } from '../use-copy.ts'
import { Dialog } from './dialog.tsx'

const Copy = ({ text }: { text: string }) => {
  const { copied, copy } = useCopy(text)
  return (
    <Button variant="default" leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />} onClick={copy}>
      {copied ? 'Copied' : 'Copy'}
    </Button>
  )
}

/** Something that nobody is told again: a key, a secret, an address that opens something. */
export const ShownOnce = ({ title, value, note, onClose }: { title: string; value: string | null; note: string; onClose: () => void }) => (
  <Dialog opened={value !== null} onClose={onClose} title={title} size="lg" closeOnClickOutside={false}>
    <Stack gap="md">
      <Code block className="shown-once" tabIndex={0} role="textbox" aria-readonly aria-label={title}>
        {value}
      </Code>
      <Alert variant="outline" color="gray" className="notice">
        <Text size="sm">{note} It is shown only now.</Text>
      </Alert>
      <Group justify="flex-end" gap="sm">
        <Copy text={value ?? ''} />
        <Button onClick={onClose} data-autofocus>
          Done
        </Button>
      </Group>
    </Stack>
  </Dialog>
)
