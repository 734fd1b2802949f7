import { Card, Group, Image, Stack, Text, Textarea, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { UserInputs } from '../../runner/model/user-inputs.ts'
import type { UserFormJson } from '../../server/user-form-wire.ts'
import { contentAddress, getArtifact } from '../api/artifacts.ts'
import type { Files } from '../api/client.ts'
import { submitUserForm } from '../api/user-forms.ts'
import { client } from '../here.ts'
import type { FormValues } from '../input-values.ts'
import { GivenAnswers } from './given-answers.tsx'
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

/** Why somebody who looks at a question cannot answer it; null where they can. */
const whyNot = ({ you, missing, required }: UserFormJson): string | null => {
  if (you?.hasAnswered) return missing > 0 && required > 1 ? 'You have answered. The run goes on when enough others have, too.' : 'You have answered. The run goes on.'
  if (you?.mayAnswer ?? true) return null
  return required > 1 ? 'It is for others to answer, or needs an account or a key of your own: of several people each has to be known.' : 'This question is for others to answer.'
}

/** A question to a person, with all that is needed to answer it. The run goes on by itself as soon as it is answered. */
export const Question = ({ form, autoFocus = false, heading = 2 }: { form: UserFormJson; autoFocus?: boolean; heading?: 2 | 3 }) => {
  const queries = useQueryClient()
  const [comments, setComments] = useState('')
  const schema = form.schema as unknown as UserInputs & { buttons?: FormButton[] }
  const inputs = { ...schema, properties: schema.properties ?? {} }
  const buttons = schema.buttons ?? []
  const answer = useMutation({
    mutationFn: ({ values, files, button }: { values: FormValues; files: Files; button: string }) =>
      submitUserForm(client, form.formId, { values, ...(button && { button }), ...(comments && { comments }) }, files),
    onSettled: () => {
      for (const queryKey of [['user-forms'], ['run', form.runId], ['runs'], ['artifacts', form.runId]]) void queries.invalidateQueries({ queryKey })
    },
  })
  // Until it is read again, what is shown is from before the answer.
  const refusal = whyNot(answer.isSuccess && form.required > 1 ? { ...form, you: { mayAnswer: false, hasAnswered: true } } : form)
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
          {(form.required > 1 || form.answers.length > 0) && <GivenAnswers form={form} buttons={buttons} />}
          {refusal ? (
            <Text size="sm" role="status">
              {refusal}
            </Text>
          ) : (
            <InputForm
              inputs={inputs}
              buttons={buttons.length > 0 ? buttons : ANSWER}
              isBusy={answer.isPending || answer.isSuccess}
              error={answer.error}
              autoFocus={autoFocus}
              onSubmit={(values, files, button) => answer.mutate({ values, files, button })}
            >
              {buttons.length > 1 && Object.keys(inputs.properties).length === 0 && <Textarea label="Comment" value={comments} onChange={({ currentTarget }) => setComments(currentTarget.value)} autosize minRows={1} maxRows={8} maxLength={10_000} />}
            </InputForm>
          )}
        </Stack>
        {form.screenshotArtifactId && <PortalPicture artifactId={form.screenshotArtifactId} />}
      </div>
    </Card>
  )
}
