import { ActionIcon, Tooltip } from '@mantine/core'
import { Check as IconCheck, Copy as IconCopy } from 'lucide-react'
import { useCopy } from '../use-copy.ts'
import { JsonTree } from './json-tree.tsx'

/** Any JSON as a tree, and the whole of it to take away. */
export const DataView = ({ value }: { value: unknown }) => {
  const { copied, copy } = useCopy(JSON.stringify(value, null, 2))
  return (
    <div className="data-view">
      <Tooltip label={copied ? 'Copied' : 'Copy as JSON'}>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={copied ? 'Copied' : 'Copy as JSON'} className="data-copy" onClick={copy}>
          {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
        </ActionIcon>
      </Tooltip>
      <JsonTree value={value} />
    </div>
  )
}
