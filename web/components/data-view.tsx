import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { Check as IconCheck, Copy as IconCopy } from 'lucide-react'
import { JsonTree } from './json-tree.tsx'

/** Any JSON as a tree, and the whole of it to take away. */
export const DataView = ({ value }: { value: unknown }) => (
  <div className="data-view">
    <CopyButton value={JSON.stringify(value, null, 2)}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : 'Copy as JSON'}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={copied ? 'Copied' : 'Copy as JSON'} className="data-copy" onClick={copy}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
    <JsonTree value={value} />
  </div>
)
