import { Button, Tooltip, type ButtonProps } from '@mantine/core'
import { Link } from 'wouter'
import { selfServeTrigger, whyNoCallStarts } from '../../runner/model/node-kind.ts'
import type { WorkflowJson } from '../../server/wire.ts'

/** To the form that starts a workflow; of one that no call starts, it says why. */
export const RunButton = ({ workflow, ...look }: ButtonProps & { workflow: WorkflowJson; 'aria-label'?: string }) => {
  const { identifier, title } = workflow
  if (selfServeTrigger(workflow))
    return (
      <Button component={Link} href={`/start/${identifier}`} {...look}>
        Run
      </Button>
    )
  // Not `disabled`: that has no tooltip, and no place in the order of tabs.
  return (
    <Tooltip label={`${title ?? identifier} ${whyNoCallStarts(workflow)}.`} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <Button data-disabled aria-disabled {...look}>
        Run
      </Button>
    </Tooltip>
  )
}
