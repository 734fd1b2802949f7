import { Button, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

/** In place of what is not there: what that means, and what to do about it. */
export const Empty = ({ title, children, action, icon }: { title: string; children?: ReactNode; action?: { label: string; href: string } | undefined; icon?: ReactNode }) => (
  <Stack align="center" gap="xs" py={56} px="md" ta="center">
    {icon && <div className="empty-icon" aria-hidden>{icon}</div>}
    <Title order={2} size="h4">
      {title}
    </Title>
    {children && (
      <Text c="dimmed" size="sm" maw={460} component="div">
        {children}
      </Text>
    )}
    {action && (
      <Button component={Link} href={action.href} mt="xs">
        {action.label}
      </Button>
    )}
  </Stack>
)
