import { useState } from 'react'

type EngagedProps = { onPointerEnter: () => void; onPointerLeave: () => void; onFocus: () => void; onBlur: () => void }

/** Whether somebody points at something or works in it with the keyboard: then it is not to move under their hands. */
export const useEngaged = (): [boolean, EngagedProps] => {
  const [isPointedAt, setPointedAt] = useState(false)
  const [isFocused, setFocused] = useState(false)
  return [
    isPointedAt || isFocused,
    { onPointerEnter: () => setPointedAt(true), onPointerLeave: () => setPointedAt(false), onFocus: () => setFocused(true), onBlur: () => setFocused(false) },
  ]
}
