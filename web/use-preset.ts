import { useState } from 'react'
import type { InputProperty } from '../runner/model/user-inputs.ts'
import type { Asked } from './asked-inputs.ts'
import { choicesOf, isFileInput, isText, sentValues, type FormValues } from './input-values.ts'

/** Inputs that are kept for later, of a schedule or a job, while they are changed: as a form, or as JSON. */

type Inputs = Record<string, unknown>
export type PresetView = 'form' | 'json'

/** What is shown of a secret. */
export const HIDDEN = '[redacted]'

const isObject = (value: unknown): value is Inputs => typeof value === 'object' && value !== null && !Array.isArray(value)
const written = (inputs: Inputs): string => (Object.keys(inputs).length === 0 ? '' : JSON.stringify(inputs, null, 2))

/** @throws SyntaxError when it is no JSON, or no object */
const readText = (text: string): Inputs => {
  const read: unknown = text.trim() === '' ? {} : JSON.parse(text)
  if (!isObject(read)) throw new SyntaxError('no object')
  return read
}

/** @throws Error in words for people */
const told = <T>(read: () => T): T => {
  try {
    return read()
  } catch (cause) {
    throw new Error('What is written as JSON is not valid: inputs are an object, { … }.', { cause })
  }
}

/** Whether the field of an input can show a value. */
const fits = (property: InputProperty | undefined, value: unknown): boolean => {
  if (!property || value === undefined || isFileInput(property)) return true
  const choices = choicesOf(property)
  if (choices) return choices.includes(value as string | number)
  if (isText(property)) return true
  if (property.type === 'array') return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
  return typeof value === (property.type === 'integer' ? 'number' : property.type)
}

/** Those that only JSON can say: files, and what a workflow takes without asking. */
const besidesForm = ({ inputs: { properties }, takesAnything }: Asked, values: Inputs): Inputs =>
  Object.fromEntries(Object.entries(values).filter(([name]) => (properties[name] ? isFileInput(properties[name]) : takesAnything)))

export type Preset = {
  view: PresetView
  /** While they are a form. */
  values: FormValues
  /** While they are JSON. */
  text: string
  isChanged: boolean
  /** Secrets that are there, and are not shown: they stay while nothing is changed. */
  hidden: readonly string[]
  set: (name: string, value: unknown) => void
  setText: (text: string) => void
  /** Whether the other view can show what this one holds. */
  canShow: (view: PresetView) => boolean
  show: (view: PresetView) => void
  /** @throws Error when something that is to be JSON is not */
  read: () => Inputs
}

/** @param given what is there; @param asked null while that is not known */
export const usePreset = (given: Inputs, asked: Asked | null): Preset => {
  const hidden = Object.keys(given).filter((name) => given[name] === HIDDEN)
  const [values, setValues] = useState<FormValues>(() => Object.fromEntries(Object.entries(given).filter(([name]) => !hidden.includes(name))))
  const [text, setText] = useState(() => written(given))
  const [chosen, setChosen] = useState<PresetView | null>(null)
  const [isChanged, setChanged] = useState(false)
  const fitsForm = (inputs: Inputs): boolean => asked !== null && Object.entries(inputs).every(([name, value]) => fits(asked.inputs.properties[name], value))
  const view = chosen ?? (fitsForm(values) ? 'form' : 'json')
  const read = (): Inputs => told(() => (view === 'json' || asked === null ? readText(text) : { ...besidesForm(asked, values), ...sentValues(asked.inputs, values) }))
  const attempt = (): Inputs | null => {
    try {
      return read()
    } catch {
      return null
    }
  }
  return {
    view,
    values,
    text,
    isChanged,
    hidden,
    set: (name, value) => {
      setChanged(true)
      setValues((known) => ({ ...known, [name]: value }))
    },
    setText: (next) => {
      setChanged(true)
      setText(next)
    },
    canShow: (other) => {
      if (other === view) return true
      const now = attempt()
      return now !== null && (other === 'json' || fitsForm(now))
    },
    show: (other) => {
      const now = other === view ? null : attempt()
      if (now === null) return
      if (other === 'form') setValues(now)
      // What nobody has changed still stands for the secrets that are there.
      else setText(isChanged ? written(now) : written(given))
      setChosen(other)
    },
    read,
  }
}
