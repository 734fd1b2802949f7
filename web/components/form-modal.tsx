import { Alert, Button, Group, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { faultsOf } from '../api/client.ts'
import { Dialog } from './dialog.tsx'

type Props = { title: string; opened: boolean; onClose: () => void; submit: string; isBusy: boolean; error: unknown; /** Paths of faults that stand beside their fields already. */ placed?: readonly string[]; size?: string; onSubmit: () => void; children: ReactNode }

/** What the API said that no field shows. */
const unplaced = (error: unknown, placed: readonly string[]): string | null => {
  if (!(error instanceof Error)) return null
  const faults = faultsOf(error)
  if (faults.length === 0) return error.message
  const rest = faults.filter(({ path }) => !placed.includes(path))
  return rest.length === 0 ? null : rest.map(({ path, message }) => `${path}: ${message}`).join('; ')
}

/** A form on top of the page; Escape leaves it. */
export const FormModal = ({ title, opened, onClose, submit, isBusy, error, placed = [], size = 'md', onSubmit, children }: Props) => {
  const told = unplaced(error, placed)
  return (
    <Dialog opened={opened} onClose={onClose} title={title} size={size}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
      >
        <Stack gap="md">
          {children}
          {told && (
            <Alert color="red" variant="outline" role="alert" className="failure">
              {told}
            </Alert>
          )}
          <Group justify="flex-end" gap="sm" className="modal-foot">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
