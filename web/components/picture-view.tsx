import { Modal } from '@mantine/core'

/** A picture as large as the window takes. */
export const PictureView = ({ title, src, opened, onClose }: { title: string; src: string; opened: boolean; onClose: () => void }) => (
  <Modal opened={opened} onClose={onClose} title={title} size="min(1200px, 96vw)" closeButtonProps={{ 'aria-label': 'Close' }}>
    <img src={src} alt={title} className="picture-large" />
  </Modal>
)
