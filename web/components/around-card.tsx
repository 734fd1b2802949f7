import { Anchor, Card, Group, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

/** Something that stands around a workflow, with the way to where all of its kind are. */
export const AroundCard = ({ title, href, link, children }: { title: string; href?: string; link?: string; children: ReactNode }) => (
  <Card component="section" aria-label={title}>
    <Group justify="space-between" mb="xs">
      <Title order={2} size="h5">
        {title}
      </Title>
      {href && (
        <Anchor component={Link} href={href} size="sm">
          {link}
        </Anchor>
      )}
    </Group>
    {children}
  </Card>
)
