import { ActionIcon, Tooltip } from '@mantine/core'
import { Variable as IconTemplate, X as IconRemove } from 'lucide-react'
import type { ReactNode } from 'react'

type Props = {
  id: string
  label: string
  isRequired?: boolean
  description?: string | undefined
  error?: string | undefined
  /** Switches between a value and a template that gives one. */
  template?: { isOn: boolean; onToggle: () => void } | undefined
  /** Offers what may be written into it. */
  insert?: ReactNode
  onRemove?: (() => void) | undefined
  /** Whether what it holds is one control, which the label names, or several. */
  isGroup?: boolean
  children: ReactNode
}

/** A field with its name above, what can be done with it, and what is wrong with it below. */
export const FieldFrame = ({ id, label, isRequired, description, error, template, insert, onRemove, isGroup, children }: Props) => (
  <div className="field" data-invalid={error !== undefined || undefined} role={isGroup ? 'group' : undefined} aria-labelledby={isGroup ? `${id}-label` : undefined}>
    <div className="field-head">
      <label className="field-label" id={`${id}-label`} htmlFor={isGroup ? undefined : id}>
        {label}
        {isRequired && <span className="field-star" aria-hidden> *</span>}
      </label>
      <span className="field-tools">
        {insert}
        {template && (
          <Tooltip label={template.isOn ? 'A fixed value' : 'A template: {{ … }}'}>
            <ActionIcon variant={template.isOn ? 'light' : 'subtle'} color={template.isOn ? undefined : 'gray'} size="sm" aria-label={template.isOn ? `${label}: a fixed value` : `${label}: a template`} aria-pressed={template.isOn} onClick={template.onToggle}>
              <IconTemplate size={13} />
            </ActionIcon>
          </Tooltip>
        )}
        {onRemove && (
          <Tooltip label="Leave it out">
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Leave out ${label}`} onClick={onRemove}>
              <IconRemove size={13} />
            </ActionIcon>
          </Tooltip>
        )}
      </span>
    </div>
    {children}
    {description && <p className="field-note">{description}</p>}
    {error && (
      <p className="field-error" role="alert">
        {error}
      </p>
    )}
  </div>
)
