import { Button, Card, Center, Code, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createClient, type ApiError } from '../api/client.ts'
import { countRuns } from '../api/runs.ts'
import { client } from '../here.ts'
import { useToken, writeToken } from '../session.ts'
import { Brand } from './brand.tsx'

/** For callers whom the server does not know by where they call from. */
export const SignIn = ({ why }: { why: ApiError }) => {
  const token = useToken()
  const queries = useQueryClient()
  const [given, setGiven] = useState('')
  const entry = useMutation({
    mutationFn: (key: string) => countRuns(createClient(client.address('/'), () => key)),
    onSuccess: (_counts, key) => {
      queries.clear()
      writeToken(key)
    },
  })
  const wasRefused = token !== null && !entry.error
  return (
    <Center mih="100dvh" p="md" component="main">
      <Card w="100%" maw={420} padding="xl">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (given.trim() !== '') entry.mutate(given.trim())
          }}
        >
          <Stack gap="md">
            <Brand />
            <div>
              <Title order={1} size="h3">
                Sign in
              </Title>
              <Text size="sm" c="dimmed" mt={4}>
                {wasRefused ? `You have been signed out: ${why.message}` : 'This server asks who you are. Paste an API key or a token; it is kept until you close this tab.'}
              </Text>
            </div>
            <PasswordInput label="API key or token" placeholder="er_…" value={given} onChange={(event) => setGiven(event.currentTarget.value)} error={entry.error?.message} autoComplete="off" data-autofocus autoFocus required withAsterisk={false} />
            <Button type="submit" loading={entry.isPending} fullWidth>
              Sign in
            </Button>
            <Text size="xs" c="dimmed">
              An admin makes keys on the server with <Code className="sign-in-command">npm run key -- --role member</Code>
            </Text>
          </Stack>
        </form>
      </Card>
    </Center>
  )
}
