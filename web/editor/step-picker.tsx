import { TextInput } from '@mantine/core'
import { Search as IconSearch } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { Dialog } from '../components/dialog.tsx'
import { StepIcon } from '../components/step-icon.tsx'
import type { StepType } from '../api/workflows.ts'

const words = (type: string): string => {
  const text = type.toLowerCase().replaceAll('_', ' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** In the order in which people look for them. */
const ROOMS: [room: StepType['room'], title: string][] = [
  ['browser', 'In the portal'],
  ['control', 'Decide, repeat, ask, wait'],
  ['integrations', 'Other systems'],
  ['triggers', 'What starts it'],
]
/** What nearly every workflow has, in the order of a first visit to a portal. */
const FIRST = ['NAVIGATE', 'FILL', 'CLICK', 'EXTRACT', 'DOWNLOAD', 'CONDITION', 'FOR_EACH', 'USER_INPUT', 'TRANSFORM', 'WEBHOOK', 'SELF_SERVE_TRIGGER']
const rank = ({ type }: StepType): number => (FIRST.includes(type) ? FIRST.indexOf(type) : FIRST.length)

const Choices = ({ types, onPick }: { types: readonly StepType[]; onPick: (type: StepType) => void }) => (
  <ul className="step-list">
    {types.map((type) => (
      <li key={type.type}>
        <button type="button" className="step-choice" onClick={() => onPick(type)}>
          <StepIcon type={type.type} />
          <span className="two-lines">
            <span className="cell-main">{words(type.type)}</span>
            <span className="faint">{type.summary}</span>
          </span>
        </button>
      </li>
    ))}
  </ul>
)

/** The arrow keys go through the choices, as they do through a menu. */
const onArrow = (event: KeyboardEvent<HTMLElement>): void => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const fields = [...event.currentTarget.querySelectorAll<HTMLElement>('input, .step-choice')]
  event.preventDefault()
  fields[fields.indexOf(document.activeElement as HTMLElement) + step]?.focus()
}

/** Which kind of step to add. */
export const StepPicker = ({ opened, stepTypes, onClose, onPick }: { opened: boolean; stepTypes: readonly StepType[]; onClose: () => void; onPick: (type: StepType) => void }) => {
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const isCalled = ({ type }: StepType): boolean => `${words(type)} ${type}`.toLowerCase().includes(wanted)
  const found = [...stepTypes.filter(isCalled), ...stepTypes.filter((type) => !isCalled(type) && type.summary.toLowerCase().includes(wanted))]
  const rooms = ROOMS.map(([room, title]) => ({ title, types: stepTypes.filter((type) => type.room === room).toSorted((a, b) => rank(a) - rank(b)) })).filter(({ types }) => types.length > 0)
  const pick = (type: StepType): void => {
    setSearch('')
    onPick(type)
  }
  return (
    <Dialog opened={opened} onClose={onClose} title="Add a step" size="lg">
      <div role="presentation" onKeyDown={onArrow}>
        <TextInput
          aria-label="Search for a kind of step"
          placeholder="Click, read a table, ask somebody …"
          type="search"
          leftSection={<IconSearch size={16} />}
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          onKeyDown={({ key }) => key === 'Enter' && wanted !== '' && found[0] && pick(found[0])}
          data-autofocus
          mb="sm"
        />
        <div className="step-rooms">
          {wanted === '' ? (
            rooms.map(({ title, types }) => (
              <section key={title} aria-label={title}>
                <h3>{title}</h3>
                <Choices types={types} onPick={pick} />
              </section>
            ))
          ) : (
            <Choices types={found} onPick={pick} />
          )}
        </div>
      </div>
      {found.length === 0 && <p className="faint">There is no such kind of step.</p>}
    </Dialog>
  )
}
