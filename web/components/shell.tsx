import { ActionIcon, AppShell, Burger, Group, NavLink, Text, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { BookOpen as IconApi, LogOut as IconLogout, Moon as IconMoon, Plus as IconPlus, Sun as IconSun } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { dropAllDrafts } from '../editor/draft.ts'
import { client } from '../here.ts'
import { PAGES } from '../pages.ts'
import { useToken, writeToken } from '../session.ts'
import { Brand } from './brand.tsx'

const ColorSchemeToggle = () => {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  const label = isDark ? 'Light colours' : 'Dark colours'
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setColorScheme(isDark ? 'light' : 'dark')}>
        {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  )
}

const signOut = (): void => {
  dropAllDrafts()
  writeToken(null)
}

const Sections = ({ current, isApart, onGo }: { current: string | undefined; isApart: boolean; onGo: () => void }) =>
  PAGES.flatMap(({ path, nav }) =>
    nav && (nav.isApart ?? false) === isApart
      ? [
          <NavLink
            key={path}
            component={Link}
            href={path}
            label={nav.label}
            active={path === current}
            aria-current={path === current ? 'page' : undefined}
            leftSection={<nav.icon size={18} strokeWidth={1.8} />}
            rightSection={nav.badge && <nav.badge />}
            onClick={onGo}
            className="nav-link"
          />,
        ]
      : [],
  )

/** What is around every page: navigation, and a way past it. */
export const Shell = ({ children }: { children: ReactNode }) => {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const [location] = useLocation()
  const token = useToken()
  const isIn = (path: string): boolean => location === path || location.startsWith(`${path}/`)
  const current = isIn('/runs') ? '/' : isIn('/job-runs') ? '/jobs' : PAGES.find(({ path, nav }) => nav && (path === '/' ? location === '/' : isIn(path)))?.path
  return (
    <AppShell header={{ height: { base: 52, md: 0 } }} navbar={{ width: 216, breakpoint: 'md', collapsed: { mobile: !isOpen } }} padding={{ base: 'md', md: 'lg' }}>
      <a className="skip-link" href="#content" onClick={(event) => (event.preventDefault(), document.getElementById('content')?.focus())}>
        Skip to the content
      </a>
      <AppShell.Header hiddenFrom="md" px="md">
        <Group h="100%" justify="space-between">
          <Brand />
          <Burger opened={isOpen} onClick={toggle} size="sm" aria-label={isOpen ? 'Close the navigation' : 'Open the navigation'} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Main">
        <AppShell.Section visibleFrom="md" px="xs" pb="md" pt={6}>
          <Brand />
        </AppShell.Section>
        <AppShell.Section grow>
          <Sections current={current} isApart={false} onGo={close} />
          <NavLink component={Link} href="/start" label="Start a run" leftSection={<IconPlus size={18} strokeWidth={1.8} />} active={isIn('/start')} onClick={close} className="nav-link" mt="sm" mb="sm" />
          <Sections current={current} isApart onGo={close} />
        </AppShell.Section>
        <AppShell.Section>
          <Group justify="space-between" wrap="nowrap">
            <Group gap={4}>
              <ColorSchemeToggle />
              <Tooltip label="The API">
                <ActionIcon component="a" href={client.address('/docs')} variant="subtle" color="gray" size="lg" aria-label="The API">
                  <IconApi size={20} />
                </ActionIcon>
              </Tooltip>
            </Group>
            {token === null ? (
              <Text size="xs" c="dimmed" ta="right" lh={1.2}>
                trusted network
              </Text>
            ) : (
              <Tooltip label="Sign out">
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Sign out" onClick={signOut}>
                  <IconLogout size={18} />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  )
}
