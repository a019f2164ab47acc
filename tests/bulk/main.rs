//! Law 10: bulk gives the verdict and the grounds of the scalar decision, row by row; a refreshed
//! snapshot is one that was frozen anew; parts put together equal the whole; one thread gives what many give.

mod agrees;
mod bad_columns;
mod facts;
mod ids;
mod parts;
mod refresh;
mod sketches;
mod vectors;
mod worlds;
