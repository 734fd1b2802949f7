import { Button, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Dialog } from './dialog.tsx'

/** Asks before something that cannot be taken back. */
export const Confirm = ({ title, opened, onClose, action, isBusy, onConfirm, children }: { title: string; opened: boolean; onClose: () => void; action: string; isBusy: boolean; onConfirm: () => void; children: ReactNode }) => (
  <Dialog opened={opened} onClose={onClose} title={title}>
    <Stack gap="md">
      <Text size="sm" component="div">
        {children}
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red.9" loading={isBusy} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Stack>
  </Dialog>
)
