import { Center, Loader } from '@mantine/core'

export const Loading = ({ what = 'Loading' }: { what?: string }) => (
  <Center mih={240} role="status" aria-label={what}>
    <Loader size="sm" />
  </Center>
)
