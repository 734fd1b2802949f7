import { z } from 'zod'
import type { InputRequestView } from '../db/input-requests.ts'
import type { InputRequestRow } from '../db/take-run.ts'
import { toStatus } from '../runner/model/run.ts'
import { missingOf, requiredOf, type GivenAnswer } from '../runner/model/shared-question.ts'
import type { Caller } from './caller.ts'
import { asksForFiles, fieldsHtml } from './form-fields.ts'
import { escapeHtml } from './html.ts'
import { anyObject, iso, isoOrNull, time } from './json-fields.ts'
import { standingOf } from './responders.ts'

/** Questions to people, as callers see them. */

const answerWire = z.object({ values: anyObject, button: z.string().nullable(), comments: z.string().nullable(), answeredBy: z.string().nullable(), answeredAt: time })

export const userFormWire = z
  .object({
    formId: z.uuid(),
    runId: z.uuid(),
    workflowId: z.uuid(),
    workflowName: z.string().nullable(),
    activityRunId: z.uuid(),
    stepName: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    schema: anyObject.meta({ description: 'What is asked: properties, required, order, and the buttons.' }),
    html: z.string().meta({ description: 'The question as a plain HTML form.' }),
    status: z.enum(['pending', 'answered', 'expired', 'cancelled']),
    required: z.int().meta({ description: 'How many different people must answer: press the first button, or answer where there is none.' }),
    missing: z.int().meta({ description: 'How many of them are still to do so.' }),
    answers: z.array(answerWire).meta({ description: 'Everybody’s answer so far. The question’s own fields are those of the answer that ended the wait.' }),
    values: anyObject.nullable(),
    button: z.string().nullable(),
    comments: z.string().nullable(),
    answeredBy: z.string().nullable(),
    answeredAt: time.nullable(),
    expiresAt: time,
    screenshotArtifactId: z.uuid().nullable(),
    you: z
      .object({ mayAnswer: z.boolean().meta({ description: 'Whether an answer of yours would be taken now.' }), hasAnswered: z.boolean() })
      .nullable()
      .meta({ description: 'Where who asks stands with it. Null where that is nobody: in webhooks and streams.' }),
    createdAt: time,
  })
  .meta({ id: 'UserForm', description: 'An input request: a question to a person that pauses a run.' })

export type UserFormJson = z.output<typeof userFormWire>

/** The question as a form that needs no script: for callers that show it as it is, several on one page perhaps. */
const formHtml = (row: InputRequestRow): string => {
  const fields = fieldsHtml(row, { idOf: (_name, index) => `${row.id}-${index}`, nameOf: (name) => name })
  const buttons = row.buttons.length > 0 ? row.buttons : [{ identifier: '', label: 'Submit' }]
  const submits = buttons.map(({ identifier, label }) => `<button name="button" value="${escapeHtml(identifier)}">${escapeHtml(label)}</button>`)
  const encoding = asksForFiles(row) ? ' enctype="multipart/form-data"' : ''
  return `<form method="post"${encoding}><h1>${escapeHtml(row.title)}</h1>${row.description ? `<p>${escapeHtml(row.description)}</p>` : ''}${fields}${submits.join('')}</form>`
}

/** Those of a question that one answer decides stand in its row alone. */
const answersOf = ({ answers, status, values, button, comments, answeredBy: by, answeredAt: at }: InputRequestRow): GivenAnswer[] =>
  answers.length > 0 || status !== 'answered' ? answers : [{ values: values ?? {}, button, comments, by, at: at ?? 0 }]

/** @param caller who asks, where somebody does */
export const toUserForm = (row: InputRequestRow, caller: Caller | null): UserFormJson => ({
  formId: row.id,
  runId: row.runId,
  workflowId: row.workflowId,
  workflowName: row.workflowName,
  activityRunId: row.activityRunId,
  stepName: row.stepName,
  title: row.title,
  description: row.description,
  schema: { ...row.schema, buttons: row.buttons },
  html: formHtml(row),
  status: row.status,
  required: requiredOf(row),
  missing: missingOf(row, answersOf(row)),
  answers: answersOf(row).map(({ values, button, comments, by, at }) => ({ values, button, comments, answeredBy: by, answeredAt: iso(at) })),
  values: row.values,
  button: row.button,
  comments: row.comments,
  answeredBy: row.answeredBy,
  answeredAt: isoOrNull(row.answeredAt),
  expiresAt: iso(row.expiresAt),
  screenshotArtifactId: row.screenshotArtifactId,
  you: caller && standingOf(caller, row),
  createdAt: iso(row.createdAt),
})

/** A submitted form and where its run stands. */
export const toSubmitted = ({ request, run }: InputRequestView, caller: Caller) => ({
  userForm: toUserForm(request, caller),
  workflowRun: { id: run.id, status: toStatus(run.state), state: run.state },
})
