//! What clients of services are declared with.

/// Declares the client of a service, one method per operation.
#[doc(hidden)]
#[macro_export]
macro_rules! __client {
    ($(#[$meta:meta])* pub struct $name:ident;
        $($(#[$doc:meta])* $operation:ident($($argument:ident: $type:ty),* $(,)?);)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name {
            cloud: $crate::generated::Cloud,
        }

        impl $name {
            /// A client with what `configure` sets.
            ///
            /// # Errors
            /// When something that every call needs is missing or wrong.
            pub fn new(
                configure: impl FnOnce($crate::generated::Builder) -> $crate::generated::Builder,
            ) -> Result<Self, $crate::Error> {
                configure($crate::generated::Cloud::builder(&SERVICE)).build().map(Self::from)
            }

            /// A client configured from environment variables: `RDBFETCH_*`, then the vendor's own.
            ///
            /// # Errors
            /// When something that every call needs is missing or wrong.
            pub fn from_env() -> Result<Self, $crate::Error> {
                Self::new($crate::generated::Builder::from_env)
            }

            /// The client without its types, as code that works on every cloud uses it.
            #[must_use]
            pub fn cloud(&self) -> &$crate::generated::Cloud {
                &self.cloud
            }

            $($(#[$doc])*
            #[allow(clippy::too_many_arguments, reason = "so many are required")]
            pub fn $operation(&self, $($argument: impl Into<$type>),*) -> $operation::Call<'_> {
                $operation::Call::new(&self.cloud, $operation::Request::new($($argument),*))
            })*
        }

        impl From<$crate::generated::Cloud> for $name {
            fn from(cloud: $crate::generated::Cloud) -> Self {
                Self { cloud }
            }
        }
    };
}

/// Gives a client the links of backups.
#[doc(hidden)]
#[macro_export]
macro_rules! __links {
    ($name:ident) => {
        impl $name {
            /// The temporary links of a backup: the same on every cloud.
            ///
            /// # Errors
            /// The service's error, or why there was no answer that can be used.
            pub async fn backup_links(
                &self,
                backup: &$crate::generated::BackupId,
            ) -> Result<$crate::generated::BackupLinks, $crate::Error> {
                self.cloud.backup_links(backup).await
            }
        }
    };
}

/// Gives a client the backups of instances.
#[doc(hidden)]
#[macro_export]
macro_rules! __backups {
    ($name:ident) => {
        impl $name {
            /// The backups of an instance, newest first: the same on every cloud.
            ///
            /// # Errors
            /// The service's error, or why there was no answer that can be used.
            pub async fn backups(
                &self,
                instance: &str,
            ) -> Result<Vec<$crate::generated::Backup>, $crate::Error> {
                self.cloud.backups(instance).await
            }
        }
    };
}
