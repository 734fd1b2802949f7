import { Alert, Button, Code, CopyButton, Group, Modal, Stack, Text } from '@mantine/core'
import { Check as IconCheck, Copy as IconCopy } from 'lucide-react'

/** Something that nobody is told again: a key, a secret, an address that opens something. */
export const ShownOnce = ({ title, value, note, onClose }: { title: string; value: string | null; note: string; onClose: () => void }) => (
  <Modal opened={value !== null} onClose={onClose} title={title} size="lg" closeOnClickOutside={false} closeButtonProps={{ 'aria-label': 'Close' }}>
    <Stack gap="md">
      <Code block className="shown-once" tabIndex={0} role="textbox" aria-readonly aria-label={title}>
        {value}
      </Code>
      <Alert variant="outline" color="gray" className="notice">
        <Text size="sm">{note} It is shown only now.</Text>
      </Alert>
      <Group justify="flex-end" gap="sm">
        <CopyButton value={value ?? ''}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />} onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose} data-autofocus>
          Done
        </Button>
      </Group>
    </Stack>
  </Modal>
)
