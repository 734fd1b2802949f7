import { Anchor, Breadcrumbs, Group, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

/** What a page is about, where it hangs, and what can be done there. */
export const PageHead = ({ title, above = [], here, beside, children }: { title: string; above?: { label: string; href: string }[]; here?: string; beside?: ReactNode; children?: ReactNode }) => (
  <div className="page-head">
    {above.length > 0 && (
      <Breadcrumbs separator="›" separatorMargin={6} mb={4}>
        {above.map(({ label, href }) => (
          <Anchor key={href} component={Link} href={href} size="sm">
            {label}
          </Anchor>
        ))}
        {here && (
          <Text size="sm" c="dimmed">
            {here}
          </Text>
        )}
      </Breadcrumbs>
    )}
    <Group justify="space-between" gap="sm">
      <Group gap="sm" miw={0}>
        <Title order={1} size="h2">
          {title}
        </Title>
        {beside}
      </Group>
      {children && <Group gap="xs">{children}</Group>}
    </Group>
  </div>
)
