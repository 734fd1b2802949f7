import { UnstyledButton } from '@mantine/core'
import { CircleCheck as IconFine, TriangleAlert as IconFault } from 'lucide-react'
import { useState } from 'react'
import type { Checked } from './use-faults.ts'
import { lineOf, type Mark } from './places.ts'

type Entry = Mark & { path?: string }

/** How it stands with the definition, and the way to each fault. */
export const FaultList = ({ text, entries, checked, isJson, onOpen }: { text: string; entries: readonly Entry[]; checked: Checked; isJson: boolean; onOpen: (entry: Entry) => void }) => {
  const [isOpen, setOpen] = useState(false)
  if (checked.error && isJson)
    return (
      <div className="fault-bar" role="status">
        <IconFault size={15} aria-hidden /> It could not be checked: {checked.error.message}
      </div>
    )
  if (entries.length === 0)
    return (
      <div className="fault-bar" role="status" data-fine={checked.isCurrent || undefined}>
        {checked.isCurrent ? <IconFine size={15} aria-hidden /> : null}
        {checked.isCurrent ? 'No faults' : 'Checking …'}
      </div>
    )
  return (
    <div className="fault-bar" data-faulty role="status">
      <UnstyledButton className="fault-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <IconFault size={15} aria-hidden />
        {entries.length === 1 ? '1 fault' : `${entries.length} faults`}
        {!isOpen && entries[0] && (
          <span className="fault-first">
            <span className="mono">{entries[0].path}</span> {entries[0].message}
          </span>
        )}
      </UnstyledButton>
      {isOpen && (
        <ul className="fault-list">
          {entries.map((entry, index) => (
            <li key={`${entry.path} ${index}`}>
              <button type="button" onClick={() => onOpen(entry)}>
                <span className="fault-line figures">line {lineOf(text, entry.from)}</span>
                {entry.path && <span className="mono">{entry.path}</span>}
                <span>{entry.message}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
