import { Button, Menu } from '@mantine/core'
import { ChevronDown as IconMore } from 'lucide-react'
import type { ReactNode } from 'react'

/** What can be done with the thing of a page besides what has buttons. */
export const MoreMenu = ({ children }: { children: ReactNode }) => (
  <Menu position="bottom-end" withinPortal>
    <Menu.Target>
      <Button variant="default" rightSection={<IconMore size={16} />}>
        More
      </Button>
    </Menu.Target>
    <Menu.Dropdown>{children}</Menu.Dropdown>
  </Menu>
)
