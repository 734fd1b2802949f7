import { Text } from '@mantine/core'
import type { UserFormJson } from '../../server/user-form-wire.ts'
import type { FormButton } from './input-form.tsx'
import { Ago } from './time.tsx'
import { Who } from './who.tsx'

const people = (count: number): string => (count === 1 ? '1 more person' : `${count} more people`)

/** Of a question that several people answer: who has, what they chose and said of it, and how many are still to do so. */
export const GivenAnswers = ({ form: { required, missing, answers }, buttons }: { form: UserFormJson; buttons: readonly FormButton[] }) => {
  const first = buttons[0]
  return (
    <div className="approvals" role="group" aria-label="Answers so far">
      <Text size="sm" fw={600}>
        {required - missing} of {required} {first && buttons.length > 1 ? `chose “${first.label}”` : 'have answered'}
        {missing > 0 && <span className="faint approvals-missing"> · {people(missing)} needed</span>}
      </Text>
      <div className="approvals-bar" aria-hidden>
        {Array.from({ length: required }, (_, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- nothing tells them apart
          <span key={index} data-given={index < required - missing || undefined} />
        ))}
      </div>
      {answers.length > 0 && (
        <ul>
          {answers.map(({ answeredBy, answeredAt, button, comments }) => (
            <li key={`${answeredBy} ${answeredAt}`}>
              <span className="approvals-who">
                <Who userId={answeredBy} />
              </span>
              {button !== null && <span className="chip">{buttons.find(({ identifier }) => identifier === button)?.label ?? button}</span>}
              <span className="faint">
                <Ago at={answeredAt} />
              </span>
              {comments && <span className="approvals-comment prewrap">{comments}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
