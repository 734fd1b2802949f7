import { Loader, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Search as IconSearch } from 'lucide-react'
import { useState } from 'react'

const TYPING_MS = 250

type Props = { label: string; placeholder: string; value: string | undefined; /** What is shown is still that of before. */ isBusy?: boolean; onChange: (value: string | undefined) => void }

/** What is searched for; told when somebody has stopped typing. */
export const SearchField = ({ label, placeholder, value, isBusy = false, onChange }: Props) => {
  const [text, setText] = useState(value ?? '')
  const tell = useDebouncedCallback((typed: string) => onChange(typed.trim() || undefined), TYPING_MS)
  // Gone back, or cleared from elsewhere.
  const [known, setKnown] = useState(value)
  if (known !== value) {
    setKnown(value)
    if ((value ?? '') !== text.trim()) setText(value ?? '')
  }
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      type="search"
      leftSection={isBusy ? <Loader size={14} /> : <IconSearch size={16} />}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value)
        tell(currentTarget.value)
      }}
    />
  )
}
