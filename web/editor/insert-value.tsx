import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { Braces as IconValue } from 'lucide-react'
import { createContext, useContext } from 'react'
import type { KnownValues } from './known-values.ts'

/** What templates may name where a form stands; empty where there are none. */
export const KnownValuesContext = createContext<KnownValues>([])

/** Offers what a template may name, and puts it where the cursor is. @param isProgram the field is jq itself, and not text with templates */
export const InsertValue = ({ id, label, text, isProgram, onChange }: { id: string; label: string; text: string; isProgram: boolean; onChange: (text: string) => void }) => {
  const groups = useContext(KnownValuesContext)
  if (groups.length === 0) return null
  const insert = (path: string): void => {
    const field = document.getElementById(id)
    const [from, to] = field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement ? [field.selectionStart ?? text.length, field.selectionEnd ?? text.length] : [text.length, text.length]
    onChange(text.slice(0, from) + (isProgram ? path : `{{ ${path} }}`) + text.slice(to))
    // After the menu has given the focus back.
    setTimeout(() => field?.focus(), 50)
  }
  return (
    <Menu position="bottom-end" withinPortal width={320}>
      <Menu.Target>
        <Tooltip label="Insert a value">
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`${label}: insert a value`}>
            <IconValue size={13} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown className="value-menu">
        {groups.map(({ title, values }, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- two steps may have one title
          <div key={index} role="group" aria-label={title}>
            <Menu.Label>{title}</Menu.Label>
            {values.map(({ path, note }) => (
              <Menu.Item key={path} onClick={() => insert(path)}>
                <span className="mono">{path}</span> {note && <span className="faint">{note}</span>}
              </Menu.Item>
            ))}
          </div>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
