import type { Page } from 'playwright-core'
import type { z } from 'zod'
import type { GuardedFetch } from './egress.ts'
import type { FieldMask, Mask } from './screenshot.ts'
import type { Body } from '../../runner/model/workflow.ts'
import type { Artifact, ArtifactType } from '../../runner/model/artifact.ts'
import type { AskedButton, Responders } from '../../runner/model/shared-question.ts'

/**
 * The vocabulary of step types. A step type is one file in `steps/<room>/` whose default export is `defineStep({…})`; its type is the file's
 * name in upper snake case (`wait-for.ts` is `WAIT_FOR`). It sees no database, no logger, no other step and not the run it belongs to.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'

/** What a step gets. Everything that waits must give up when `signal` aborts; everything that takes time must end within `timeoutMs`. */
export type StepContext = {
  /** The run's current page, opened on first use. Its default timeout is already set to `timeoutMs`. */
  page(): Promise<Page>
  /** Makes another page of the same browser context (a pop-up, a new tab) the current one for this step and those after it. */
  switchTo(page: Page): void
  /** Aborts when the run is cancelled, shut down or out of time. Pass it to Playwright's actions (`{ signal }`). */
  signal: AbortSignal
  /** How long this attempt may take in all, in milliseconds. */
  timeoutMs: number
  /** Milliseconds that are left of `timeoutMs`, at least 1: the `timeout` for the next Playwright call. */
  remainingMs(): number
  /** Now, from the server's clock. */
  now(): Date
  /** Stores a file with the run. `from` is the bytes, or the path of a file to move in. @throws Problem `step_failed` when the disk refuses it. */
  saveArtifact(file: { type: ArtifactType; name: string; mimeType: string; from: Uint8Array | { path: string } }): Promise<Artifact>
  /** The bytes of a file of the same org, by artifact id. @throws Problem `step_failed` when there is none. */
  readArtifact(id: string): Promise<{ name: string; mimeType: string; path: string }>
  /** A log line of this activity run; shown redacted. */
  log(level: LogLevel, message: string, tags?: Record<string, string>): void
  /** A piece of reasoning, streamed to followers as it comes. */
  thinking(text: string): void
  /** Which of a list of alternative targets matched, counted from 0; shown in the activity run. */
  matchedTarget(index: number): void
  /** Whether this string is, or contains, a secret of the run: then it must not be shown, and the field it is typed into is masked. */
  isSecret(text: string): boolean
  /** A value as it may be shown: with `[redacted]` where secrets stand in it. */
  shown<T>(value: T): T
  /** Fields that screenshots must mask from now on: selectors as Playwright takes them, with the frames that lead there. */
  maskField(field: FieldMask): void
  /** What pictures must not show: the fields named so far by `maskField`, in this step or an earlier one, and the secrets wherever they stand. */
  masks(): readonly Mask[]
  /** What the next dialog of the run's pages is to be answered with; asked once, then dialogs are dismissed again. */
  answerNextDialog(answer: { action: 'accept' | 'dismiss'; promptText?: string }): void
  /** Saves the context's cookies and storage (IndexedDB and sessionStorage included) as the session of that name. */
  saveSession(name: string): Promise<void>
  /**
   * `fetch` through the egress guard: what a workflow names may not reach addresses that the operator denies, after DNS and at every redirect.
   * Pass it a signal; nothing else ends it. @throws Problem `step_failed` when the guard refuses the host or the network fails.
   */
  fetch: GuardedFetch
  /**
   * Hands a message to the server's Kafka brokers. @throws Problem `step_failed` when there are none, none is reached, or the message is refused;
   * `step_timeout` when none answers in time
   */
  publish(message: { topic?: string | undefined; key: string; value: string; headers: Record<string, string> }): Promise<Published>
  /** What names this attempt to other systems. */
  ids: { workflowRunId: string; nodeRunId: string }
  /** The base64 HMAC-SHA256 of a text under the org's signing secret, which receivers know. */
  sign(text: string): string
  /** Starts a run of another workflow of the same org, which nobody waits for. @throws Problem `step_failed` */
  startRun(workflow: string, inputs: Record<string, unknown>): Promise<{ runId: string }>
  /** Creates an entity of the run's org, or changes it: what is not given stays, and nothing is told of when nothing differs. */
  upsertEntity(
    blueprint: string,
    entity: { identifier: string; title?: string | null | undefined; icon?: string | null | undefined; team?: string[] | undefined; properties?: Record<string, unknown> | undefined; relations?: Record<string, unknown> | undefined },
  ): Promise<{ entity: { identifier: string }; created: boolean; changed: boolean }>
  /** Evaluates one jq program (raw, without braces) of the field `path` of the config over the run variables. @throws Problem `template_error`. */
  jq(program: string, path: string): Promise<unknown>
}

/** Where Kafka put a message. `offset` may be greater than a number holds. */
export type Published = { topic: string; partition: number; offset: string }

/** What a step must know again when it goes on after a wait. */
export type Memo = { [name: string]: Json }

/** What a person has answered. */
export type Submitted = { values: Record<string, unknown>; button: string | null; comments: string | null; submittedBy: string | null; submittedAt: string }

/** What ends a wait. */
export type Wake =
  | ({ type: 'answer'; /** All of them, where one was not enough. */ answers?: Submitted[] } & Submitted)
  | { type: 'timer'; memo?: Memo }
  | { type: 'expired' }
  /** Another system, or a child run, has said how it ended. */
  | { type: 'external'; result: 'SUCCESS' | 'FAILED' | 'CANCELLED'; output: unknown; message: string | null }

/** What a paused activity run waits for. */
export type Wait =
  | {
      type: 'input'
      title: string
      description: string | null
      userInputs: Record<string, unknown>
      buttons: AskedButton[]
      responders: Responders | null
      /** Whose one-time codes answer it, where they are sent on. */
      account?: string | undefined
      /** Until the answer counts no more, in milliseconds from now; then the step is resumed with `expired`. */
      timeoutMs: number
    }
  | { type: 'timer'; until: Date; /** Given back when the step goes on; until then it is shown as the node's output. */ memo?: Memo }
  /** Another system reports the end (PATCH of the node run). After `timeoutMs`, if there is one, the step is resumed with `expired`. */
  | { type: 'external'; timeoutMs: number | null; /** The worker that may claim it, where workers ask for work. */ installationId?: string }
  /** A run of another workflow ends. */
  | { type: 'child'; workflow: string; inputs: Record<string, unknown> }

/** Rounds of a loop's body: one for each item, or for as long as a jq program gives true. */
export type Loop =
  | { type: 'each'; items: unknown[]; body: Body; /** How many rounds at once, each in a tab of its own when more than one. */ concurrency: number }
  | { type: 'while'; condition: string; maxIterations: number; body: Body; concurrency: 1 }

export type StepResult =
  | { type: 'done'; output: Json | undefined }
  | { type: 'wait'; wait: Wait }
  /** The runner runs the rounds; the output is `{count, items}`, the items being the outputs of each round by node. */
  | { type: 'loop'; loop: Loop }
  /** Ends the whole run: `failed` with this message, or completed because there was nothing to do. */
  | { type: 'end'; how: 'failed' | 'no_action'; message: string }

export const done = (output?: unknown): StepResult => ({ type: 'done', output: output as Json | undefined })
export const wait = (on: Wait): StepResult => ({ type: 'wait', wait: on })
export const loop = (rounds: Loop): StepResult => ({ type: 'loop', loop: rounds })
export const end = (how: 'failed' | 'no_action', message: string): StepResult => ({ type: 'end', how, message })

/** A step type. `C` is the zod schema of its config without `type`; make it `z.strictObject` so that a misspelt field is named. */
export type Step<C extends z.ZodType = z.ZodType> = {
  /** One sentence for forms and docs: what it does, in the imperative. */
  summary: string
  /** `step` unless said otherwise. */
  kind?: 'trigger' | 'condition' | 'step'
  config: C
  /** Config fields that are kept as they are written, templates and all: jq programs, and the nodes inside of a loop. */
  asWritten?: readonly string[]
  run(context: StepContext, config: z.output<C>): Promise<StepResult> | StepResult
  /** Goes on after `run` answered `wait`, perhaps days later in another process: nothing in memory has survived. */
  resume?(context: StepContext, config: z.output<C>, wake: Wake): Promise<StepResult> | StepResult
}

export const defineStep = <C extends z.ZodType>(step: Step<C>): Step<C> => step
