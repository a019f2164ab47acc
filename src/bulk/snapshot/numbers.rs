//! A number for each subject: in two bytes while all are small, and in four from then on.

use crate::bulk::ids::index;

/// The numbers of the subjects, in order.
#[derive(Debug, Clone)]
pub(crate) enum Numbers {
    /// Every number is below 65,536.
    Narrow(Vec<u16>),
    /// At least one of them is, or was, larger.
    Wide(Vec<u32>),
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl Numbers {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.len(),
            Self::Wide(numbers) => numbers.len(),
        }
    }

    /// Returns the memory of the numbers, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.capacity().saturating_mul(size_of::<u16>()),
            Self::Wide(numbers) => numbers.capacity().saturating_mul(size_of::<u32>()),
        }
    }

    pub(crate) fn reserve(&mut self, subjects: usize) {
        match self {
            Self::Narrow(numbers) => numbers.reserve(subjects),
            Self::Wide(numbers) => numbers.reserve(subjects),
        }
    }

    /// Returns the number of a subject; `None` if there is no such subject.
    #[inline]
    pub(crate) fn get(&self, subject: u32) -> Option<u32> {
        match self {
            Self::Narrow(numbers) => numbers.get(index(subject)).copied().map(u32::from),
            Self::Wide(numbers) => numbers.get(index(subject)).copied(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let (narrow, wide) = match self {
            Self::Narrow(numbers) => (numbers.as_slice(), &[][..]),
            Self::Wide(numbers) => (&[][..], numbers.as_slice()),
        };
        narrow.iter().copied().map(u32::from).chain(wide.iter().copied())
    }

    pub(crate) fn push(&mut self, number: u32) {
        self.make_room(number);
        match self {
            // It is small, or there would be four bytes for it.
            Self::Narrow(numbers) => numbers.extend(u16::try_from(number)),
            Self::Wide(numbers) => numbers.push(number),
        }
    }

    /// Changes the number of a subject.
    pub(crate) fn set(&mut self, subject: u32, number: u32) {
        self.make_room(number);
        match self {
            Self::Narrow(numbers) => {
                let slot = numbers.get_mut(index(subject));
                slot.into_iter()
                    .zip(u16::try_from(number))
                    .for_each(|(slot, number)| *slot = number);
            }
            Self::Wide(numbers) => {
                numbers.get_mut(index(subject)).into_iter().for_each(|slot| *slot = number);
            }
        }
    }

    /// Changes to four bytes a number if this one needs them.
    fn make_room(&mut self, number: u32) {
        if let Self::Narrow(numbers) = self
            && number > u16::MAX.into()
        {
            let mut wide = Vec::with_capacity(numbers.capacity());
            wide.extend(numbers.iter().copied().map(u32::from));
            *self = Self::Wide(wide);
        }
    }
}
