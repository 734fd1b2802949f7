import { Modal, TextInput } from '@mantine/core'
import { Search as IconSearch } from 'lucide-react'
import { useState } from 'react'
import { StepIcon } from '../components/step-icon.tsx'
import type { StepType } from '../api/workflows.ts'

const words = (type: string): string => {
  const text = type.toLowerCase().replaceAll('_', ' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** Which kind of step to add. */
export const StepPicker = ({ opened, stepTypes, onClose, onPick }: { opened: boolean; stepTypes: readonly StepType[]; onClose: () => void; onPick: (type: StepType) => void }) => {
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const isCalled = ({ type }: StepType): boolean => `${words(type)} ${type}`.toLowerCase().includes(wanted)
  const found = [...stepTypes.filter(isCalled), ...stepTypes.filter((type) => !isCalled(type) && type.summary.toLowerCase().includes(wanted))]
  const pick = (type: StepType): void => {
    setSearch('')
    onPick(type)
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Add a step" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <TextInput
        aria-label="Search for a kind of step"
        placeholder="Click, read a table, ask somebody …"
        type="search"
        leftSection={<IconSearch size={16} />}
        value={search}
        onChange={({ currentTarget }) => setSearch(currentTarget.value)}
        onKeyDown={({ key }) => key === 'Enter' && found[0] && pick(found[0])}
        data-autofocus
        mb="sm"
      />
      <ul className="step-list">
        {found.map((type) => (
          <li key={type.type}>
            <button type="button" className="step-choice" onClick={() => pick(type)}>
              <StepIcon type={type.type} />
              <span className="two-lines">
                <span className="cell-main">{words(type.type)}</span>
                <span className="faint">{type.summary}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="faint">There is no such kind of step.</p>}
    </Modal>
  )
}
