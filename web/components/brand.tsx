import { Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import icon from '../icon.svg'

export const Brand = () => (
  <Link href="/" className="brand" aria-label="Errand, to the runs">
    <Group gap={10} wrap="nowrap">
      <img src={icon} alt="" width={26} height={26} />
      <Text fw={700} size="lg" lts={-0.3}>
        Errand
      </Text>
    </Group>
  </Link>
)
