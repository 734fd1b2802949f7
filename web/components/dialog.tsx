import { Modal, type ModalProps } from '@mantine/core'
import { useEffect, useRef } from 'react'

/** What opened each dialog: another may follow in its place, and then it is the first one's that gets the focus back. */
const openers = new WeakMap<Element, readonly Element[]>()

/** What to give the focus back to, the best first: what has it now, else what led there. Items of menus go away with their menu. */
const openersOf = (at: Element | null): readonly Element[] => {
  const menu = at?.closest('[role=menu]')
  const target = menu && document.getElementById(menu.getAttribute('aria-labelledby') ?? '')
  const dialog = at?.closest('.mantine-Modal-root')
  return [at, target, ...((dialog && openers.get(dialog)) ?? [])].filter((one): one is Element => one instanceof Element && one !== document.body)
}

/** A dialog, which gives the focus back to what opened it however it goes: Mantine's does not when it is taken away whole, or was opened from a menu. */
export const Dialog = ({ opened, ...props }: ModalProps) => {
  const root = useRef<HTMLDivElement>(null)
  const from = useRef<readonly Element[]>([])
  const wasOpened = useRef(false)
  if (opened && !wasOpened.current) from.current = openersOf(document.activeElement)
  wasOpened.current = opened
  useEffect(() => {
    if (!opened) return
    if (root.current) openers.set(root.current, from.current)
    return () => {
      const atClose = document.activeElement
      setTimeout(() => {
        const now = document.activeElement
        // Whoever has put it elsewhere meanwhile has a reason.
        if (now !== null && now !== document.body && now !== atClose) return
        const opener = from.current.find((one) => one.isConnected)
        if (opener instanceof HTMLElement) opener.focus({ preventScroll: true })
      })
    }
  }, [opened])
  return <Modal ref={root} opened={opened} returnFocus={false} closeButtonProps={{ 'aria-label': 'Close' }} {...props} />
}
