import { Card, Title } from '@mantine/core'
import { DataView } from './data-view.tsx'

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0

export const DataCard = ({ title, value }: { title: string; value: unknown }) =>
  isEmpty(value) ? null : (
    <Card component="section" aria-label={title}>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      <DataView value={value} />
    </Card>
  )
