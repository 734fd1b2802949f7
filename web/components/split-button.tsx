import { Button, Menu } from '@mantine/core'
import { ChevronDown as IconMore } from 'lucide-react'
import type { ReactNode } from 'react'

/** A button with other ways to do the same beside it. @param label what the other ways are called */
export const SplitButton = ({ button, label, children }: { button: ReactNode; label: string; children: ReactNode }) => (
  <Button.Group>
    {button}
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button px={8} aria-label={label} className="button-more">
          <IconMore size={16} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  </Button.Group>
)
