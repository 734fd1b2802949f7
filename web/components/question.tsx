import { Card, Group, Image, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { UserInputs } from '../../runner/model/user-inputs.ts'
import type { UserFormJson } from '../../server/user-form-wire.ts'
import { contentAddress, getArtifact } from '../api/artifacts.ts'
import { submitUserForm } from '../api/user-forms.ts'
import { client } from '../here.ts'
import { isFileInput, type FormValues } from '../input-values.ts'
import { InputForm, type FormButton } from './input-form.tsx'
import { PictureView } from './picture-view.tsx'
import { Left } from './time.tsx'

const ANSWER: FormButton[] = [{ identifier: '', label: 'Send the answer' }]

/** What the portal shows where the run stopped to ask. */
const PortalPicture = ({ artifactId }: { artifactId: string }) => {
  const [isLarge, setLarge] = useState(false)
  const { data } = useQuery({ queryKey: ['artifact', artifactId], queryFn: () => getArtifact(client, artifactId), staleTime: 10 * 60_000 })
  if (!data) return null
  const address = contentAddress(client, data)
  return (
    <>
      <button type="button" className="picture-button" aria-label="What the portal shows, larger" onClick={() => setLarge(true)}>
        <Image src={address} alt="What the portal shows" radius="sm" />
      </button>
      <PictureView title="What the portal shows" src={address} opened={isLarge} onClose={() => setLarge(false)} />
    </>
  )
}

/** How far a question is that several people must answer. */
const told = ({ required, missing, answers }: UserFormJson, buttons: FormButton[]): string => {
  const label = (button: string | null): string => buttons.find(({ identifier }) => identifier === button)?.label ?? ''
  const given = answers.map(({ answeredBy, button }) => `${answeredBy}${button === null ? '' : ` (${label(button)})`}`)
  return `${required - missing} of ${required} have answered${given.length > 0 ? `: ${given.join(', ')}` : ''}.`
}

/** A question to a person, with all that is needed to answer it. The run goes on by itself as soon as it is answered. */
export const Question = ({ form, autoFocus = false, heading = 2 }: { form: UserFormJson; autoFocus?: boolean; heading?: 2 | 3 }) => {
  const queries = useQueryClient()
  const schema = form.schema as unknown as UserInputs & { buttons?: FormButton[] }
  const inputs = { ...schema, properties: schema.properties ?? {} }
  const answer = useMutation({
    mutationFn: ({ values, button }: { values: FormValues; button: string }) => submitUserForm(client, form.formId, { values, ...(button && { button }) }),
    onSettled: () => {
      for (const queryKey of [['user-forms'], ['run', form.runId], ['runs']]) void queries.invalidateQueries({ queryKey })
    },
  })
  const isTaken = answer.data?.userForm.status === 'pending'
  return (
    <Card className="question">
      <div className="question-grid" data-picture={form.screenshotArtifactId !== null || undefined}>
        <Stack gap="sm">
          <div>
            <Group justify="space-between" gap="xs" wrap="nowrap" align="baseline">
              <Title order={heading} size="h4">
                {form.title}
              </Title>
              <Text size="sm" className="question-left" span>
                <Left until={form.expiresAt} />
              </Text>
            </Group>
            {form.description && (
              <Text size="sm" c="dimmed" mt={4} className="prewrap">
                {form.description}
              </Text>
            )}
          </div>
          {Object.values(inputs.properties).some(isFileInput) && (
            <Text size="sm">It asks for a file, which is answered by the API with the id of an artifact that is there; a file cannot be sent with an answer yet.</Text>
          )}
          {(form.required > 1 || form.answers.length > 0) && <Text size="sm">{told(form, schema.buttons ?? [])}</Text>}
          {isTaken ? (
            <Text size="sm">Your answer was taken. The run goes on when enough have answered.</Text>
          ) : (
            <InputForm inputs={inputs} buttons={schema.buttons?.length ? schema.buttons : ANSWER} isBusy={answer.isPending || answer.isSuccess} error={answer.error} autoFocus={autoFocus} onSubmit={(values, _files, button) => answer.mutate({ values, button })} />
          )}
        </Stack>
        {form.screenshotArtifactId && <PortalPicture artifactId={form.screenshotArtifactId} />}
      </div>
    </Card>
  )
}
